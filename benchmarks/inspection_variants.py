"""The variants of the measurement: shops of other systems, and disguises of the published data sets.

The part `held_out` was written, and its headers chosen, without looking at how the inspection reads it.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from inspection_shops import Disguise, Shop, generated_shop, real_shops
from inspection_systems import system_shops

PARTS = ("development", "held_out", "systems")
ROWS = 12_000

ENGLISH = {
    "customer_id": "Client No", "order_id": "Receipt", "ordered_at": "Sale Date", "product_id": "SKU", "description": "Item Name",
    "product_group": "Department", "quantity": "Qty", "unit_price": "Price each", "amount": "Line Total", "country": "Nation",
}  # fmt: skip
PORTUGUESE = {
    "customer_id": "Código do Cliente", "order_id": "Nº do Pedido", "ordered_at": "Data da Compra", "product_id": "Cód. Produto",
    "description": "Descrição do Produto", "product_group": "Categoria", "quantity": "Qtde", "unit_price": "Preço Unitário",
    "amount": "Valor Total", "country": "País", "identifier": "Nome do Cliente",
}  # fmt: skip
SPANISH = {
    "customer_id": "ID Cliente", "order_id": "Número de Factura", "ordered_at": "Fecha", "product_id": "Referencia",
    "description": "Descripción", "product_group": "Familia", "quantity": "Cantidad", "unit_price": "Precio Unitario",
    "amount": "Importe", "country": "País", "identifier": "Nombre",
}  # fmt: skip
GERMAN = {
    "customer_id": "Kundennummer", "order_id": "Rechnungsnr.", "ordered_at": "Rechnungsdatum", "product_id": "Artikelnr.",
    "description": "Bezeichnung", "product_group": "Warengruppe", "quantity": "Menge", "unit_price": "Einzelpreis",
    "amount": "Umsatz", "country": "Land", "identifier": "Kundenname",
}  # fmt: skip
SAP = {
    "customer_id": "KUNNR", "order_id": "VBELN", "ordered_at": "FKDAT", "product_id": "MATNR", "description": "ARKTX",
    "product_group": "MATKL", "quantity": "FKIMG", "unit_price": "NETPR", "amount": "NETWR", "country": "LAND1", "identifier": "NAME1",
}  # fmt: skip
CODED = {
    "customer_id": "cust_code", "order_id": "trx_no", "ordered_at": "trx_datetime", "product_id": "itm_sku", "description": "itm_title",
    "product_group": "itm_category", "quantity": "itm_quantity", "unit_price": "itm_unit_price", "amount": "trx_line_amount",
    "country": "ship_country",
}  # fmt: skip
PORTUGUESE_2 = {
    "customer_id": "cod_cliente", "order_id": "num_nota_fiscal", "ordered_at": "dt_emissao", "product_id": "codigo_item",
    "description": "mercadoria", "product_group": "Grupo de Produtos", "quantity": "Quantidade Vendida", "unit_price": "Vlr Unit.",
    "amount": "Vlr. Total", "country": "pais_entrega", "identifier": "razao_social",
}  # fmt: skip
SPANISH_2 = {
    "customer_id": "Nº de socio", "order_id": "ticket", "ordered_at": "Fecha y hora de la venta", "product_id": "cod_articulo",
    "description": "Nombre del artículo", "product_group": "Rubro", "quantity": "Unidades vendidas", "unit_price": "P. unitario",
    "amount": "Monto de la venta", "country": "país de envío", "identifier": "Nombre y apellidos",
}  # fmt: skip
GERMAN_2 = {
    "customer_id": "Kd-Nr.", "order_id": "Auftrag", "ordered_at": "Bestelldatum", "product_id": "Art.-Nr.", "description": "Artikelbezeichnung",
    "product_group": "Produktkategorie", "quantity": "Stückzahl", "unit_price": "Preis pro Stück", "amount": "Positionswert",
    "country": "Lieferland", "identifier": "Name des Kunden",
}  # fmt: skip
ENGLISH_2 = {
    "customer_id": "Loyalty Card", "order_id": "Basket ID", "ordered_at": "Purchased On", "product_id": "Article", "description": "Article Description",
    "product_group": "Merchandise Group", "quantity": "Units Sold", "unit_price": "Selling Price", "amount": "Extended Price", "country": "Billing Country",
    "identifier": "Full Name",
}  # fmt: skip

DEVELOPMENT = (
    Disguise("as it is"),
    Disguise("English m-d-y", ENGLISH, date_format="%m/%d/%Y", seed=3),
    Disguise(
        "Portuguese comma latin-1",
        PORTUGUESE,
        "%d/%m/%Y",
        ",",
        thousands=True,
        delimiter=";",
        encoding="latin-1",
        seed=4,
    ),
    Disguise("Spanish comma tab BOM", SPANISH, "%d-%m-%Y", ",", delimiter="\t", encoding="utf-8-sig", seed=5),
    Disguise(
        "German comma cp1252 titles",
        GERMAN,
        "%d.%m.%Y",
        ",",
        thousands=True,
        delimiter=";",
        encoding="cp1252",
        titles=3,
        seed=6,
    ),
    Disguise("SAP utf-16", SAP, "%Y%m%d", delimiter="\t", encoding="utf-16", seed=7),
    Disguise("nonsense", nonsense=True, seed=8),
    Disguise("coded gz", CODED, "%Y-%m-%dT%H:%M:%S", delimiter="|", ending=".csv.gz", seed=9),
    Disguise("workbook of two sheets", PORTUGUESE, "%d/%m/%Y", ",", thousands=True, ending=".xlsx", titles=2, seed=10),
    Disguise("json lines", ENGLISH, ending=".jsonl", seed=11),
)
HELD_OUT = (
    Disguise("English short years", ENGLISH_2, "%m/%d/%y", currency="$", thousands=True, seed=21),
    Disguise(
        "Portuguese with times",
        PORTUGUESE_2,
        "%d/%m/%Y %H:%M",
        ",",
        thousands=True,
        currency="R$ ",
        delimiter=";",
        seed=22,
    ),
    Disguise("Spanish utf-16", SPANISH_2, "%d/%m/%y", ",", delimiter=";", encoding="utf-16", seed=23),
    Disguise(
        "German short", GERMAN_2, "%d.%m.%y", ",", thousands=True, delimiter="|", encoding="latin-1", titles=1, seed=24
    ),
    Disguise("nonsense shuffled comma", {}, "%d/%m/%Y", ",", delimiter=";", seed=25, nonsense=True),
    Disguise("months as words", ENGLISH_2, "%d-%b-%Y", seed=26),
    Disguise("months in full", GERMAN_2, "%B %d, %Y", delimiter="\t", ending=".tsv", seed=27),
    Disguise("year first with slashes", SPANISH_2, "%Y/%m/%d", ending=".csv.gz", seed=28),
    Disguise("workbook", GERMAN_2, "%d.%m.%Y", ",", ending=".xlsx", titles=4, seed=29),
    Disguise("json lines", PORTUGUESE_2, "%d/%m/%Y", ending=".jsonl", seed=30),
)


DATE_FORMATS = {
    "nuvemshop": "%d/%m/%Y", "early january": "%d/%m/%Y", "mercado livre": "%d/%m/%Y", "square": "%m/%d/%y", "shopware": "%d.%m.%Y",
}  # fmt: skip


def variants(data: Path, *, part: str | None = None) -> Iterator[tuple[Shop, Disguise]]:
    """All variants of a part, or of both."""
    shops = real_shops(data, rows=ROWS)
    for name, looks, others in (
        ("development", DEVELOPMENT, development_shops()),
        ("held_out", HELD_OUT, held_out_shops()),
    ):
        if part in (None, name):
            yield from ((shop, look) for shop in shops for look in looks)
            yield from ((shop, Disguise("export", date_format=DATE_FORMATS.get(shop.name))) for shop in others)
    if part in (None, "systems"):
        yield from system_shops()


def development_shops() -> list[Shop]:
    """Exports of shop systems with their headers."""
    return [
        generated_shop("shopify", SHOPIFY, seed=1, change=_shopify),
        generated_shop("woocommerce", WOOCOMMERCE, seed=2),
        generated_shop("magento", MAGENTO, seed=3),
        generated_shop("nuvemshop", NUVEMSHOP, seed=4),
        generated_shop("hm", HM, seed=5),
        generated_shop("orders without customers", OLIST_ITEMS, seed=6, verdict="cannot"),
        generated_shop("order totals on lines", ORDER_TOTALS, seed=7),
        generated_shop("day numbers", DUNNHUMBY, seed=8, verdict="cannot", change=_day_numbers),
        generated_shop("early january", EARLY, seed=9, verdict="needs_decision", change=_only_ambiguous),
    ]


def held_out_shops() -> list[Shop]:
    """Exports of other shop systems."""
    return [
        generated_shop("mercado livre", MERCADO_LIVRE, seed=11),
        generated_shop("vtex", VTEX, seed=12),
        generated_shop("prestashop", PRESTASHOP, seed=13),
        generated_shop("square", SQUARE, seed=14),
        generated_shop("shopware", SHOPWARE, seed=15),
        generated_shop("stripe", STRIPE, seed=16, change=_orders_only),
        generated_shop("instacart", INSTACART, seed=17, verdict="cannot", change=_day_numbers),
        generated_shop("tray", TRAY, seed=18, change=_orders_only),
        generated_shop("reviews", REVIEWS, seed=19, verdict="cannot"),
    ]


SHOPIFY = {
    "Name": ("hash_order", "order_id"), "Email": ("email", "customer_id"), "Financial Status": ("status", "status"),
    "Paid at": ("time", "other_date"), "Fulfillment Status": ("fulfilled", "status"), "Currency": ("currency", "attribute:0"),
    "Subtotal": ("first_total", "other_money:0"), "Shipping": ("zero", "other_money:1"), "Taxes": ("zero", "other_money:2"),
    "Total": ("first_total", "other_money:3"), "Created at": ("time", "ordered_at"), "Lineitem quantity": ("quantity", "quantity"),
    "Lineitem name": ("title", "description"), "Lineitem price": ("price", "unit_price"), "Lineitem sku": ("product", "product_id"),
    "Billing Name": ("name", "identifier"), "Billing City": ("city", "attribute:1"), "Billing Country": ("country", "country"),
    "Billing Phone": ("phone", "identifier:2"), "Cancelled at": ("empty", "other"),
}  # fmt: skip
WOOCOMMERCE = {
    "Order ID": ("order", "order_id"), "Order Date": ("time", "ordered_at"), "Order Status": ("status", "status"), "Customer User ID": ("customer", "customer_id"),
    "Billing First Name": ("name", "identifier"), "Billing Email Address": ("email", "identifier:2"), "SKU": ("product", "product_id"),
    "Item Name": ("title", "description"), "Item Quantity": ("quantity", "quantity"), "Item Cost": ("price", "unit_price"),
    "Item Total": ("amount", "amount"), "Order Total Amount": ("total", "other_money:1"), "Billing Country Code": ("country", "country"),
}  # fmt: skip
MAGENTO = {
    "increment_id": ("order", "order_id"), "created_at": ("time", "ordered_at"), "customer_id": ("customer", "customer_id"), "customer_email": ("email", "identifier"),
    "status": ("status", "status"), "sku": ("product", "product_id"), "name": ("title", "description"), "qty_ordered": ("quantity", "quantity"),
    "price": ("price", "unit_price"), "row_total": ("amount", "amount"), "base_grand_total": ("total", "other_money:1"),
}  # fmt: skip
NUVEMSHOP = {
    "Número do Pedido": ("order", "order_id"), "E-mail": ("email", "customer_id"), "Data": ("day", "ordered_at"), "Status do Pedido": ("status", "status"),
    "Nome do comprador": ("name", "identifier"), "Telefone": ("phone", "identifier:2"), "Cidade": ("city", "attribute:1"),
    "Nome do Produto": ("title", "description"), "Valor do Produto": ("price", "unit_price"), "Quantidade Comprada": ("quantity", "quantity"), "SKU": ("product", "product_id"),
}  # fmt: skip
HM = {
    "t_dat": ("day", "ordered_at"),
    "customer_id": ("customer", "customer_id"),
    "article_id": ("product", "product_id"),
    "price": ("price", "amount"),
    "sales_channel_id": ("quantity", "attribute:1"),
}
OLIST_ITEMS = {
    "order_id": ("order", "order_id"), "order_item_id": ("line", "other"), "product_id": ("product", "product_id"),
    "shipping_limit_date": ("time", "other_date"), "price": ("price", "amount"),
}  # fmt: skip
ORDER_TOTALS = {
    "pedido": ("order", "order_id"), "cliente": ("customer", "customer_id"), "data": ("day", "ordered_at"), "produto": ("title", "description"), "total": ("total", "amount"),
}  # fmt: skip
DUNNHUMBY = {
    "household_key": ("customer", "customer_id"), "BASKET_ID": ("order", "order_id"), "DAY": ("day_number", "other"), "PRODUCT_ID": ("product", "product_id"),
    "QUANTITY": ("quantity", "quantity"), "SALES_VALUE": ("amount", "amount"),
}  # fmt: skip
EARLY = {
    "Customer": ("customer", "customer_id"),
    "Order": ("order", "order_id"),
    "Date": ("day", "ordered_at"),
    "Amount": ("amount", "amount"),
}
MERCADO_LIVRE = {
    "N.º de venda": ("order", "order_id"), "Data da venda": ("day", "ordered_at"), "Estado": ("status", "status"), "Unidades": ("quantity", "quantity"),
    "Receita por produtos (BRL)": ("amount", "amount"), "SKU": ("product", "product_id"), "Título do anúncio": ("title", "description"),
    "Preço unitário de venda do anúncio (BRL)": ("price", "unit_price"), "Comprador": ("name", "customer_id"),
}  # fmt: skip
VTEX = {
    "Order": ("order", "order_id"), "Creation Date": ("time", "ordered_at"), "Client Name": ("name", "identifier"), "Email": ("email", "customer_id"), "Status": ("status", "status"),
    "Reference Code": ("product", "product_id"), "SKU Name": ("title", "description"), "Quantity_SKU": ("quantity", "quantity"), "SKU Selling Price": ("price", "unit_price"),
    "SKU Total Price": ("amount", "amount"), "Total Value": ("total", "other_money:1"), "City": ("city", "attribute:1"), "Country": ("country", "country"),
}  # fmt: skip
PRESTASHOP = {
    "id_order": ("order", "order_id"), "id_customer": ("customer", "customer_id"), "date_add": ("time", "ordered_at"), "product_reference": ("product", "product_id"),
    "product_name": ("title", "description"), "product_quantity": ("quantity", "quantity"), "unit_price_tax_incl": ("price", "unit_price"),
    "total_price_tax_incl": ("amount", "amount"),
}  # fmt: skip
SQUARE = {
    "Date": ("day", "ordered_at"), "Category": ("group", "product_group"), "Item": ("title", "description"), "Qty": ("quantity", "quantity"), "SKU": ("product", "product_id"),
    "Gross Sales": ("amount", "amount"), "Transaction ID": ("order", "order_id"), "Customer ID": ("customer", "customer_id"), "Customer Name": ("name", "identifier"),
}  # fmt: skip
SHOPWARE = {
    "Bestellnummer": ("order", "order_id"), "Bestellzeit": ("day", "ordered_at"), "Kunden-Nr": ("customer", "customer_id"), "Bestellstatus": ("status", "status"),
    "Artikel Nr": ("product", "product_id"), "Artikel": ("title", "description"), "Anzahl": ("quantity", "quantity"), "Preis": ("price", "unit_price"),
    "E-Mail": ("email", "identifier"), "Ort": ("city", "attribute:1"), "Land": ("country", "country"),
}  # fmt: skip
STRIPE = {
    "id": ("charge", "order_id"), "Created date (UTC)": ("time", "ordered_at"), "Amount": ("total", "amount"), "Status": ("status", "status"),
    "Customer ID": ("customer", "customer_id"), "Customer Email": ("email", "identifier"),
}  # fmt: skip
INSTACART = {
    "order_id": ("order", "order_id"), "user_id": ("customer", "customer_id"), "order_number": ("quantity", "other"), "order_dow": ("weekday", "other"),
    "days_since_prior_order": ("day_number", "other"),
}  # fmt: skip
TRAY = {
    "Pedido": ("order", "order_id"), "Data do pedido": ("day", "ordered_at"), "Código do cliente": ("customer", "customer_id"), "Cliente": ("name", "identifier"),
    "Total": ("total", "amount"), "Situação": ("status", "status"), "UF": ("city", "attribute:1"),
}  # fmt: skip
REVIEWS = {
    "product": ("product", "product_id"),
    "title": ("title", "description"),
    "price": ("price", "amount"),
    "category": ("group", "product_group"),
}


def _shopify(lines: pd.DataFrame) -> pd.DataFrame:
    first = ~lines["order"].duplicated()
    return lines.assign(
        hash_order="#" + lines["order"].astype(str), first_total=lines["total"].where(first), zero="0.00", currency="BRL",
        status=lines["status"].map({"complete": "paid", "cancelled": "refunded"}).where(first), fulfilled="fulfilled", empty=None,
        time=lines["time"] + " -0300",
    )  # fmt: skip


def _orders_only(lines: pd.DataFrame) -> pd.DataFrame:
    first = lines.drop_duplicates("order")
    return first.assign(charge="ch_" + (first["order"] * 7919).astype(str))


def _day_numbers(lines: pd.DataFrame) -> pd.DataFrame:
    days = (pd.to_datetime(lines["day"]) - pd.Timestamp("2023-01-01")).dt.days
    return lines.assign(day_number=days, weekday=days % 7)


def _only_ambiguous(lines: pd.DataFrame) -> pd.DataFrame:
    """Only days up to the twelfth: nothing decides between day and month."""
    days = pd.to_datetime(lines["day"])
    chosen = lines[np.asarray(days.dt.day <= 12)]
    return chosen
